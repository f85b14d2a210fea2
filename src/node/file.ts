import { createHash } from 'node:crypto';
import type { FileRemove, FileSplice, FileWrite } from '../model/action.ts';
import { sh } from '../text/shell.ts';
import { posix } from './posix.ts';

/**
 * Editing files without a moment in which they are half written: a temporary file beside the
 * target, verified, renamed over it. Its name starts with a dot and ends in `.reweave`, since K3s
 * reads every `*.yaml` and `*.yml` of its `config.yaml.d`, and systemd every `*.conf`.
 */
export const FILE_LIB = posix`
rw_target() (
  [ ! -L "$1" ] || { readlink -f "$1"; exit; }
  printf '%s' "$1"
)
rw_backup() (
  umask 077
  rw_name=$(printf '%s' "$1" | sed 's/%/%25/g; s,/,%2F,g').$3
  rw_copy=$rw_dir/backup/$rw_name
  [ ! -f "$rw_copy" ] || [ "$(rw_sha "$rw_copy")" != "$3" ] || exit 0
  mkdir -p "$rw_dir/backup" && chmod 700 "$rw_dir" "$rw_dir/backup" || rw_stop 73 "cannot make $rw_dir/backup"
  trap 'rm -f "$rw_copy.part"' EXIT
  trap 'exit 73' HUP INT TERM
  cp -p -- "$2" "$rw_copy.part" && rw_sync "$rw_copy.part" || rw_stop 73 "cannot back up $1"
  [ "$(rw_sha "$rw_copy.part")" = "$3" ] || rw_stop 73 "the backup of $1 is not whole"
  mv -f "$rw_copy.part" "$rw_copy" && rw_sync "$rw_dir/backup" || rw_stop 73 "cannot back up $1"
)
# Directories made here are remembered, so that the way back can remove them.
rw_mkdir() (
  [ -d "$rw_dir" ] || (umask 077; mkdir -p "$rw_dir") || rw_stop 73 "cannot make $rw_dir"
  [ ! -d "$1" ] || exit 0
  rw_mkdir "$(dirname "$1")" || exit
  printf '%s\n' "$1" >>"$rw_dir/made-dirs" && rw_sync "$rw_dir/made-dirs" &&
    mkdir -m 755 "$1" || rw_stop 73 "cannot make directory $1"
)
rw_rmdir() {
  while grep -qxF -- "$1" "$rw_dir/made-dirs" 2>/dev/null && rmdir -- "$1" 2>/dev/null; do
    set -- "$(dirname "$1")"
  done
}
rw_bytes() { [ "$2" -eq "$3" ] || tail -c "+$(($2 + 1))" "$1" | head -c "$(($3 - $2))"; }
rw_pieces() (
  rw_file=$1 rw_pos=0
  shift
  while [ "$#" -ge 3 ]; do
    rw_bytes "$rw_file" "$rw_pos" "$1" && printf '%s' "$3" || exit 73
    rw_pos=$2
    shift 3
  done
  tail -c "+$((rw_pos + 1))" "$rw_file"
)
rw_label() {
  # A kernel can have SELinux without a policy: then no process has a label either.
  [ -e "$rw_root/sys/fs/selinux/enforce" ] || return 0
  case $(cat "$rw_root/proc/self/attr/current" 2>/dev/null) in *:*:*) ;; *) return 0 ;; esac
  if [ -e "$2" ] && command -v chcon >/dev/null; then chcon --reference="$2" "$1"; else restorecon "$1"; fi
}
# TEMP replaces FILE, which must still have BEFORE ('-' for absent); AFTER is read back.
rw_commit() {
  rw_sync "$1"
  [ "$(rw_sha "$1")" = "$4" ] || rw_stop 73 "$2: the new content is not whole (disk full?)"
  rw_label "$1" "$2" || rw_stop 73 "$2: cannot keep the SELinux label"
  rw_found=-
  [ ! -e "$2" ] || rw_found=$(rw_sha "$2")
  [ "$rw_found" = "$3" ] || rw_stop 65 "$2 was changed while it was edited"
  mv -f -- "$1" "$2" || rw_stop 73 "$2: cannot replace it (immutable or read-only?)"
  rw_sync "$(dirname "$2")"
  [ "$(rw_sha "$2")" = "$4" ] || rw_stop 73 "$2: read back other content than was written"
  echo done
}
rw_splice() (
  rw_path=$1 rw_before=$2 rw_after=$3
  shift 3
  rw_file=$(rw_target "$rw_root$rw_path") && [ -f "$rw_file" ] || rw_stop 65 "$rw_path is gone"
  rw_now=$(rw_sha "$rw_file")
  [ "$rw_now" != "$rw_after" ] || { echo same; exit 0; }
  [ "$rw_now" = "$rw_before" ] || rw_stop 65 "$rw_path was changed by somebody else: sha256 $rw_now"
  rw_backup "$rw_path" "$rw_file" "$rw_now" || exit
  rw_temp=$(dirname "$rw_file")/.$(basename "$rw_file").reweave
  trap 'rm -f -- "$rw_temp"' EXIT
  trap 'exit 73' HUP INT TERM
  rm -f -- "$rw_temp"
  cp -p -- "$rw_file" "$rw_temp" && rw_pieces "$rw_file" "$@" >"$rw_temp" ||
    rw_stop 73 "$rw_path: cannot write beside it (disk full or read-only?)"
  rw_commit "$rw_temp" "$rw_file" "$rw_before" "$rw_after"
)
rw_write() (
  rw_path=$1 rw_mode=$2 rw_before=$3 rw_after=$4
  rw_file=$(rw_target "$rw_root$rw_path") || rw_stop 65 "$rw_path is a link that leads nowhere"
  rw_now=-
  if [ -f "$rw_file" ]; then rw_now=$(rw_sha "$rw_file")
  elif [ -e "$rw_file" ]; then rw_stop 65 "$rw_path is no regular file"; fi
  [ "$rw_now" != "$rw_after" ] || { echo same; exit 0; }
  [ "$rw_now" = "$rw_before" ] || rw_stop 65 "$rw_path was changed by somebody else: sha256 $rw_now"
  rw_mkdir "$(dirname "$rw_file")" || exit
  rw_temp=$(dirname "$rw_file")/.$(basename "$rw_file").reweave
  trap 'rm -f -- "$rw_temp"' EXIT
  trap 'exit 73' HUP INT TERM
  rm -f -- "$rw_temp"
  if [ "$rw_now" != - ]; then
    rw_backup "$rw_path" "$rw_file" "$rw_now" && cp -p -- "$rw_file" "$rw_temp" || exit 73
  fi
  umask 077
  printf '%s' "$5" >"$rw_temp" && chmod "$rw_mode" "$rw_temp" ||
    rw_stop 73 "$rw_path: cannot write beside it (disk full or read-only?)"
  rw_commit "$rw_temp" "$rw_file" "$rw_before" "$rw_after"
)
rw_remove() (
  rw_file=$rw_root$1
  [ -e "$rw_file" ] || [ -L "$rw_file" ] || { rw_rmdir "$(dirname "$rw_file")"; echo same; exit 0; }
  [ -f "$rw_file" ] && [ ! -L "$rw_file" ] || rw_stop 65 "$1 is no regular file"
  rw_now=$(rw_sha "$rw_file")
  [ "$rw_now" = "$2" ] || rw_stop 65 "$1 was changed by somebody else: sha256 $rw_now"
  rw_backup "$1" "$rw_file" "$rw_now" || exit
  rm -f -- "$rw_file" || rw_stop 73 "cannot remove $1 (immutable or read-only?)"
  rw_sync "$(dirname "$rw_file")"
  rw_rmdir "$(dirname "$rw_file")"
  echo done
)
`;

/** sha256 in hex of a text as UTF-8. */
export function sha256(text: string): string {
  return createHash('sha256').update(text, 'utf8').digest('hex');
}

export function fileCall(action: FileSplice | FileWrite | FileRemove): string {
  switch (action.kind) {
    case 'file.splice': {
      const pieces = [...action.splices]
        .sort((a, b) => a.start - b.start)
        .map((s) => `${s.start} ${s.end} ${sh(s.text)}`);
      return ['rw_splice', sh(action.path), sh(action.before), sh(action.after), ...pieces].join(
        ' ',
      );
    }
    case 'file.write': {
      const { path, mode, before, text } = action;
      return `rw_write ${[path, mode, before ?? '-', sha256(text), text].map(sh).join(' ')}`;
    }
    case 'file.remove':
      return `rw_remove ${sh(action.path)} ${sh(action.before)}`;
  }
}
