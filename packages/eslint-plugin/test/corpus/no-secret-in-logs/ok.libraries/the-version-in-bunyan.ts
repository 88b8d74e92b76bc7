import type { SecretVersion } from '../../secret.ts'
import bunyan from 'bunyan'
const ring = bunyan.createLogger({ name: 'frontend' })
export const report = ({ version }: SecretVersion) => ring.warn({ version }, 'key is old')
