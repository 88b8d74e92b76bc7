import { SecretError } from '@rekey/secret'

/** Names the input in errors. */
export const WHAT = 'the key file'

/** The error of a wrong passphrase, and of a damaged file: they cannot be distinguished. */
export function notOpened(): SecretError {
  return new SecretError(
    'rejected',
    `${WHAT} does not open: its passphrase is wrong, or the file is damaged; check both`,
    { reason: 'unlock' },
  )
}

/** The error of a form that no key is imported from. */
export function unreadable(problem: string): SecretError {
  const message =
    `${WHAT} ${problem}; give a file with one private key and nothing beside it (PKCS#8, PKCS#12 or traditional PEM): ` +
    'openssl pkey -aes256 -in FILE -out NEW writes one from most others'
  return new SecretError('malformed', message, { reason: 'key-format' })
}

/** The error of encryption that is not accepted even to import from. */
export function unsupported(problem: string): SecretError {
  const message =
    `${WHAT} ${problem}; write it anew, on a machine without a network: openssl pkcs8 -topk8 -v2 aes-256-cbc -iter 600000 ` +
    '-provider legacy -provider default -in FILE -out NEW'
  return new SecretError('refused', message, { reason: 'encryption' })
}

/** The error of a key derivation that would take minutes, or does not derive anything. */
export function costly(): SecretError {
  const message =
    `${WHAT} is encrypted with a key derivation out of bounds, which would block this machine; write it anew: openssl pkcs8 -topk8 -v2 ` +
    'aes-256-cbc -iter 600000 -in FILE -out NEW'
  return new SecretError('refused', message, { reason: 'kdf-policy' })
}
