// Makes elements. Whatever a text holds, it stays a text: nothing here, or elsewhere
// on this page, makes markup of it.

// What would act on its surroundings or cannot be seen: control characters, marks of
// direction, characters without width, line separators.
const UNSEEN =
  /[\u0000-\u001f\u007f-\u009f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]/gu;

function escapeOf(char) {
  const code = char.codePointAt(0);
  return code < 0x100
    ? "\\x" + code.toString(16).padStart(2, "0")
    : "\\u" + code.toString(16).padStart(4, "0");
}

/** `text`, with what cannot be seen written as \x1b or \u202e. */
export function printable(text) {
  return String(text).replace(UNSEEN, escapeOf);
}

/**
 * An element. `attributes` are set as such; "class" too. Children are nodes, or texts.
 * null and false are left out.
 */
export function el(tag, attributes, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes || {})) {
    if (value === null || value === undefined || value === false) continue;
    element.setAttribute(name, value === true ? "" : String(value));
  }
  for (const child of children.flat()) {
    if (child === null || child === undefined || child === false) continue;
    element.append(child);
  }
  return element;
}

/**
 * Foreign text as an element: direction does not leave it, what cannot be seen is
 * marked, and it is cut off behind `most` characters.
 */
export function foreign(text, most = 4096, attributes = {}) {
  const chars = Array.from(String(text).slice(0, 2 * most));
  const cut = chars.length > most || String(text).length > 2 * most;
  const element = el("bdi", attributes);
  let plain = "";
  const flush = () => {
    if (plain) element.append(plain);
    plain = "";
  };
  for (const char of chars.slice(0, most)) {
    const shown = printable(char);
    if (shown === char) {
      plain += char;
    } else {
      flush();
      element.append(el("span", { class: "esc" }, shown));
    }
  }
  flush();
  if (cut) element.append(el("span", { class: "esc" }, "…"));
  return element;
}

/** Replaces the children of a node, unless they would look the same. */
export function replace(node, ...children) {
  const fresh = el("div", {}, ...children);
  if (fresh.childNodes.length === node.childNodes.length) {
    let same = true;
    for (let i = 0; same && i < fresh.childNodes.length; ++i) {
      same = fresh.childNodes[i].isEqualNode(node.childNodes[i]);
    }
    if (same) return;
  }
  node.replaceChildren(...fresh.childNodes);
}

/** The element of that id. */
export function byId(id) {
  return document.getElementById(id);
}

const said = { text: "", timer: 0 };

/** Tells a screen reader, at most each two seconds, the last thing only. */
export function say(text) {
  said.text = text;
  if (said.timer) return;
  said.timer = setTimeout(() => {
    said.timer = 0;
    byId("said").textContent = said.text;
  }, 2000);
}
