import type { SecretVersion } from '../../secret.ts'
import { RotationError } from './rotation-error.ts'
export const stuck = ({ version }: SecretVersion) => new RotationError('stuck', { version })
