import { definition, loadService } from './service.ts'

export const load = () => loadService(definition)
