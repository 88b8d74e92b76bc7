import { app } from './app.ts'
import { definition, loadService } from './service.ts'

async function load() {
  const loaded = await loadService(definition)
  return loaded
}
const service = await load()
app.listen(service)
