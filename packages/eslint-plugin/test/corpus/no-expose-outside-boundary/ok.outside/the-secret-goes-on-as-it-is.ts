import type { SecretVersion } from '../../secret.ts'
export function connect(open: (options: object) => void, { value, version }: SecretVersion) {
  open({ password: value, version })
}
