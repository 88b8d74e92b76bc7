// @reports notAwaited
import { definition, loadService } from './service.ts'

void loadService(definition)
