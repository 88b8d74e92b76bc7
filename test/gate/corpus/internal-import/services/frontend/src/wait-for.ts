export { toMs } from '@rekey/rekey/internal'
