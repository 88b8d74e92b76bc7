// @typed
import { secret } from '../../secret.ts'
interface Ledger {
  log(entry: { key: string }): void
  close(): void
}
export const record = (ledger: Ledger) => ledger.log({ key: secret.expose() })
