import { toMs } from '@rekey/rekey/internal'
export const wait = toMs
