// @reports notAwaited
import { definition, loadService } from './service.ts'

const service = loadService(definition)
console.log(service)
