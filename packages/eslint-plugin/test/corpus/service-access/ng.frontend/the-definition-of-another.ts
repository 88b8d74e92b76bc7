// @reports foreign
import { loadService } from '@rekey/config-loader'
import { definition } from '../ok.signing/the-definition.ts'
const service = await loadService(definition, { env: {} })
export default service
