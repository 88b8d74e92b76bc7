import { SecretError } from '@rekey/secret'

const NOT_A_DIRECTORY =
  'is not a directory, or is a symbolic link to one; name the directory itself, which holds ca.key and ca.crt'

const EXPLANATIONS: Readonly<
  Record<string, readonly [code: 'missing' | 'forbidden' | 'refused', text: string]>
> = {
  ENOENT: ['missing', 'does not exist; restore it from a backup, or name the right directory'],
  ENOTDIR: ['refused', NOT_A_DIRECTORY],
  EEXIST: ['refused', NOT_A_DIRECTORY],
  ELOOP: ['refused', 'is a symbolic link; put the file or directory itself there'],
  ENXIO: ['refused', 'is not a regular file; put the file itself there'],
  EBUSY: ['refused', 'is a mount point; name a directory inside it'],
  EACCES: ['forbidden', 'may not be read by this user; chown it to the user of the service'],
  EPERM: ['forbidden', 'may not be read by this user; chown it to the user of the service'],
}

/** A failed system call in our words. Only its code is kept. */
export function explained(path: string, error: unknown): SecretError {
  const errno = error instanceof Error && 'code' in error ? String(error.code) : 'unknown'
  const [code, text] = EXPLANATIONS[errno] ?? [
    'unreachable' as const,
    `cannot be used (${errno}); look at the disk and its mount`,
  ]
  return new SecretError(code, `${path} ${text}`, { path, errno })
}
