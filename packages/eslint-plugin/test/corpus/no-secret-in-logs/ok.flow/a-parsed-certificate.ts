import { secret } from '../../secret.ts'
import { X509Certificate } from 'node:crypto'
const { subject, validTo, fingerprint256 } = new X509Certificate(secret.expose())
console.log(subject, validTo, fingerprint256)
