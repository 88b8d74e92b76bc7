import type { SecretVersion } from '../../secret.ts'
export function table(versions: readonly SecretVersion[]) {
  const rows: string[][] = [['version', 'value']]
  for (const { version, value } of versions) rows.push([version, value.expose().slice(0, 6)])
  for (const row of rows) console.log(row.join('\t'))
}
