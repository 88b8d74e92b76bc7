// @reports foreign
import { definition } from '@rekey/service-signing/secrets'
export default definition
