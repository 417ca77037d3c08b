import type { EnvironmentVariable } from '@piccolo/core/spi'

/**
 * Runs one container and outlives whoever started it. Called in the container's folder as
 * `sh run/supervisor <name> <setsid> <reads> <most> <run> <boot id> <stdin>`, where name is for readers of `ps`.
 *
 * - It begins when a line comes in: so that limits hold from the first instruction on, and an agent that is killed before
 *   leaves nothing behind.
 * - Output goes through a pipe and a `dd` per stream, which ends after so many reads ("61+3 records in"; fewer are the end).
 *   Then a file that has reached `most` bytes gives way to one of the next number. A full disk loses output, it does not stop the container.
 *   The shell itself holds no end of those pipes, else they would never end.
 * - The command's end is written before the last output is through: a process that left the group may hold a pipe for ever.
 * - Room for that word is taken before anything starts (`1<>` writes over it, and waits for nobody if it is a pipe by now): a disk
 *   that fills up meanwhile can't hold it back.
 */
export const supervisorScript = `umask 077
read -r go || exit 0
printf '%64s\\n' '' >run/exit.new || exit 1
reads=$3 most=$4
pump() {
  n=1
  for file in "$1".*; do
    [ "\${file##*.}" -gt "$n" ] 2>/dev/null && n=\${file##*.}
  done
  while :; do
    size=$(wc -c 2>/dev/null <"$1.$n") && [ $((size)) -ge "$most" ] && rm -f "$1.$((n - 1))" && n=$((n + 1))
    taken=$(dd bs=4096 count="$reads" 2>&1 >>"$1.$n") || taken=$(dd bs=4096 count="$reads" 2>&1 >/dev/null)
    taken=\${taken%% records in*}
    [ $((\${taken##*[!0-9+]})) -lt "$reads" ] && return
  done
}
rm -f run/in run/out run/err
mkfifo run/in run/out run/err || exit 1
exec 3<>run/out 5<run/out 7>run/out 3>&-
exec 3<>run/err 6<run/err 8>run/err 3>&-
if [ "$7" = open ]; then exec 9<>run/in; else exec 9</dev/null; fi
rm -f run/in run/out run/err
{ exec <&5 5<&- 6<&- 7>&- 8>&- 9<&-; pump logs/stdout.log; } &
{ exec <&6 5<&- 6<&- 7>&- 8>&- 9<&-; pump logs/stderr.log; } &
if [ -n "$2" ]; then
  "$2" /bin/sh run/command "$5" "$6" "$$" <&9 >&7 2>&8 5<&- 6<&- 7>&- 8>&- 9<&- &
else
  set -m
  /bin/sh run/command "$5" "$6" "$$" <&9 >&7 2>&8 5<&- 6<&- 7>&- 8>&- 9<&- &
  set +m
fi
pid=$!
exec 5<&- 6<&- 7>&- 8>&- 9<&-
wait "$pid"
code=$?
kill -KILL -"$pid" 2>/dev/null
until printf '%s %s\\n' "$5" "$code" 1<>run/exit.new && mv -f run/exit.new run/exit; do
  [ -d run ] || exit 1
  sleep 1
done
wait
printf '%s\\n' "$5" 1<>run/ended
`

/** Says who runs, then becomes the command. Called as `sh run/command <run> <boot id> <supervisor>` at the head of its process group. */
const commandPreamble = `umask 077
piccolo_mark() {
  if read -r piccolo_line 2>/dev/null <"/proc/$1/stat"; then
    set -- "$1" \${piccolo_line##*) }
    echo "$1 \${21}"
  else
    echo "$1 $(ps -o lstart= -p "$1")"
  fi
}
{ echo "$1"; echo "$2"; piccolo_mark "$3"; piccolo_mark "$$"; } >run/started.new && mv -f run/started.new run/started || exit 126
umask 022
`

export interface Command {
  readonly argv: readonly string[]
  readonly folder: string
  /** Everything that the command finds in its environment. */
  readonly env: readonly EnvironmentVariable[]
}

/** Values stand in a private file, not in arguments: those are shown to every user of the machine. */
export function commandScript({ argv, folder, env }: Command): string {
  const inShell = env.filter(({ name }) => settable(name))
  const beyondShell = env.filter(({ name }) => !settable(name))
  const words = [...(beyondShell.length === 0 ? [] : ['env', ...beyondShell.map(({ name, value }) => `${name}=${value}`)]), ...argv]
  return [
    commandPreamble.trimEnd(),
    `cd -- ${quoted(folder)} || exit 126`,
    'unset PWD OLDPWD SHLVL LC_ALL',
    ...inShell.map(({ name, value }) => `export ${name}=${quoted(value)}`),
    `exec ${words.map(quoted).join(' ')}`,
    '',
  ].join('\n')
}

/** Names that a shell takes, and does not keep for itself. */
function settable(name: string): boolean {
  return /^[A-Za-z_][A-Za-z0-9_]*$/.test(name) && !['UID', 'EUID', 'PPID', 'BASHOPTS', 'SHELLOPTS', 'BASH_VERSINFO'].includes(name)
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`
}
