import { fileError, type FileMeanings } from '@rekey/secret/internal/files'

const NOT_A_DIRECTORY =
  'is not a directory, or is a symbolic link to one; name the directory itself, which holds ca.key and ca.crt'

const EXPLANATIONS: FileMeanings = {
  ENOENT: ['missing', 'does not exist; restore it from a backup, or name the right directory'],
  ENOTDIR: ['refused', NOT_A_DIRECTORY],
  EEXIST: ['refused', NOT_A_DIRECTORY],
  ELOOP: ['refused', 'is a symbolic link; put the file or directory itself there'],
  ENXIO: ['refused', 'is not a regular file; put the file itself there'],
  EBUSY: ['refused', 'is a mount point; name a directory inside it'],
  EACCES: ['forbidden', 'may not be read by this user; chown it to the user of the service'],
  EPERM: ['forbidden', 'may not be read by this user; chown it to the user of the service'],
}

/** A failed system call in our words, of which only its code is kept. Anything else is returned as it is. */
export function explained(path: string, error: unknown): unknown {
  return fileError(error, path, EXPLANATIONS)
}
