// @typed
import type { SecretVersion } from '../../secret.ts'
export const length = ({ value }: SecretVersion): number => (value as any).unwrap().length
