import type { SecretVersion } from '../../secret.ts'
declare const versions: SecretVersion[]
declare function use(text: string): Promise<void>
for (const { value } of versions) {
  let text = ''
  text = value.expose()
  await use(text)
}
