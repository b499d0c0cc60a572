# shellcheck shell=bash
# Writes slurm.conf and slurmdbd.conf. Sourced by start.sh, which sets STATE,
# MUNGE, JOIN, BASE_PORT, HOST, COMMUNICATION and the options of its head comment.

jwt_conf() {
  [ "$REST" = 0 ] || printf '%s\n' AuthAltTypes=auth/jwt "AuthAltParameters=jwt_key=$STATE/etc/jwt.key"
}

dbd_port() {
  if [ -z "$JOIN" ]; then
    echo $((BASE_PORT + 2))
  else
    sed -n 's/^DbdPort=//p' "$JOIN/etc/slurmdbd.conf"
  fi
}

write_slurm_conf() {
  local user tracking accounting
  user=$(id -un)
  if [ "$DBD" = 1 ]; then
    # With a munge socket of its own slurmdbd is found by AccountingStoragePass;
    # AuthInfo alone does not do.
    accounting="AccountingStorageType=accounting_storage/slurmdbd
AccountingStorageHost=127.0.0.1
AccountingStoragePort=$(dbd_port)
AccountingStorageUser=$user
AccountingStoragePass=$MUNGE
AccountingStoreFlags=job_comment,job_script,job_env"
  else
    accounting="AccountingStorageType=accounting_storage/none"
  fi
  if [ "$CGROUP" = 1 ]; then
    tracking="ProctrackType=proctrack/cgroup
TaskPlugin=task/cgroup"
    printf '%s\n' CgroupPlugin=cgroup/v1 CgroupMountpoint=/sys/fs/cgroup \
      ConstrainRAMSpace=yes ConstrainSwapSpace=no >"$STATE/etc/cgroup.conf"
  else
    tracking="ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherParams=OverMemoryKill"
    # Not used, but slurmd looks for a plugin all the same, and in a container it
    # would settle on cgroup/v2, which wants systemd, or on none and end.
    echo CgroupPlugin=cgroup/v1 >"$STATE/etc/cgroup.conf"
  fi

  cat >"$STATE/etc/slurm.conf" <<CONF
ClusterName=$CLUSTER
SlurmctldHost=$HOST(127.0.0.1)
SlurmctldPort=$((BASE_PORT + 1))
SlurmUser=$user
SlurmdUser=$user
AuthType=auth/munge
AuthInfo=socket=$MUNGE
CredType=cred/munge
$(jwt_conf)
${COMMUNICATION:+CommunicationParameters=$COMMUNICATION}
StateSaveLocation=$STATE/spool/ctld
SlurmdSpoolDir=$STATE/spool/%n
SlurmctldPidFile=$STATE/run/slurmctld.own
SlurmdPidFile=$STATE/run/slurmd-%n.own
SlurmctldLogFile=$STATE/log/slurmctld.log
SlurmdLogFile=$STATE/log/slurmd-%n.log
SlurmctldDebug=info
SlurmdDebug=info
$tracking
MpiDefault=none
SwitchType=switch/none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU_Memory
DefMemPerCPU=10
SlurmdParameters=config_overrides
ReturnToService=2
MinJobAge=$MIN_JOB_AGE
InactiveLimit=0
KillWait=2
OverTimeLimit=0
SlurmctldTimeout=10
SlurmdTimeout=30
BatchStartTimeout=10
CompleteWait=0
MessageTimeout=10
WaitTime=0
MaxJobCount=50000
MaxArraySize=20001
SchedulerType=sched/backfill
SchedulerParameters=sched_interval=2,sched_min_interval=0,bf_interval=2,batch_sched_delay=0,default_queue_depth=1000,bf_max_job_test=1000,partition_job_depth=0
PriorityType=priority/basic
PreemptType=preempt/partition_prio
PreemptMode=REQUEUE
PreemptExemptTime=0
JobRequeue=1
JobAcctGatherType=jobacct_gather/linux
JobAcctGatherFrequency=task=1
MailProg=/bin/true
$accounting
NodeName=n[1-$NODES] NodeHostname=$HOST NodeAddr=127.0.0.1 Port=[$((BASE_PORT + 11))-$((BASE_PORT + 10 + NODES))] CPUs=$CPUS RealMemory=$NODE_MEM State=UNKNOWN
PartitionName=batch      Nodes=n[1-$((NODES - 1))] Default=YES MaxTime=1-00:00:00 DefaultTime=10 State=UP PriorityTier=10 PreemptMode=OFF
PartitionName=batch_long Nodes=n[1-$((NODES - 1))] MaxTime=14-00:00:00 DefaultTime=60 State=UP PriorityTier=10 PreemptMode=OFF
PartitionName=debug      Nodes=n[1-$((NODES - 1))] MaxTime=30 DefaultTime=1 State=UP PriorityTier=10 PreemptMode=OFF
# urgent pushes out what runs in scav (cancelled) and scavrq (requeued).
PartitionName=urgent     Nodes=n$NODES MaxTime=60 State=UP PriorityTier=100 PreemptMode=OFF
PartitionName=scav       Nodes=n$NODES MaxTime=60 State=UP PriorityTier=1 PreemptMode=CANCEL
PartitionName=scavrq     Nodes=n$NODES MaxTime=60 State=UP PriorityTier=1 PreemptMode=REQUEUE
$EXTRA_CONF
CONF
}

write_slurmdbd_conf() {
  # slurmdbd wants the file to be its user's alone.
  (umask 077; cat >"$STATE/etc/slurmdbd.conf") <<CONF
DbdHost=localhost
DbdAddr=127.0.0.1
DbdPort=$((BASE_PORT + 2))
SlurmUser=$(id -un)
AuthType=auth/munge
AuthInfo=socket=$STATE/munge/sock
$(jwt_conf)
${COMMUNICATION:+CommunicationParameters=${COMMUNICATION#NoCtldInAddrAny,}}
PidFile=$STATE/run/slurmdbd.own
LogFile=$STATE/log/slurmdbd.log
DebugLevel=info
StorageType=accounting_storage/mysql
StorageHost=127.0.0.1
StoragePort=$((BASE_PORT + 3))
StorageUser=slurm
StoragePass=slurm
StorageLoc=slurm_acct
CONF
}
