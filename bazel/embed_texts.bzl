"""embed_texts: text files as C++ literals, for what a program serves from itself."""

def embed_texts(name, srcs, out):
    """Declares a file to #include within an initializer list: {"NAME", "TEXT"} for each.

    Args:
      name: name of the rule.
      srcs: the files, in UTF-8. NAME is the file's own, without folders.
      out: the file to make.
    """
    native.genrule(
        name = name,
        srcs = srcs,
        outs = [out],
        # Each is cut into lines, so that no literal is too long for a compiler.
        cmd = """for file in $(SRCS); do
  printf '{"%s",\\n' "$${file##*/}"
  awk '{ printf "R\\"embedded(%s\\n)embedded\\"\\n", $$0 }' "$$file"
  printf '},\\n'
done >$@""",
    )
