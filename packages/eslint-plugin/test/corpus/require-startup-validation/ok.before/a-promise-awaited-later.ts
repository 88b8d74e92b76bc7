import { app } from './app.ts'
import { definition, loadService } from './service.ts'

const loading = loadService(definition)
const service = await loading
app.listen(service)
