import { X509Certificate } from 'node:crypto'
import type { SecretVersion } from '@rekey/secret'

/** From when to when a version lives, as far as anybody can know. */
export interface Life {
  readonly createdAt?: Date
  readonly expiresAt?: Date
}

/** The life that a certificate says of itself, otherwise that of the store. */
export function lifeOf({ value, createdAt, expiresAt }: SecretVersion): Life {
  const text = value.expose()
  if (text.includes('-----BEGIN CERTIFICATE-----')) return lifeOfCertificate(text)
  return { ...(createdAt && { createdAt }), ...(expiresAt && { expiresAt }) }
}

/** The first certificate is the leaf. One that cannot be read tells nothing. */
function lifeOfCertificate(pem: string): Life {
  try {
    const { validFrom, validTo } = new X509Certificate(pem)
    return { createdAt: new Date(validFrom), expiresAt: new Date(validTo) }
  } catch {
    // What is wrong with it is for the rotation to say.
    return {}
  }
}
