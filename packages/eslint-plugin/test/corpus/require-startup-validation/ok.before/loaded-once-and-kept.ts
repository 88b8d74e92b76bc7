import { app } from './app.ts'
import { definition, loadService, type Service } from './service.ts'

let loaded: Service | undefined
async function load(): Promise<Service> {
  if (loaded !== undefined) return loaded
  loaded = await loadService(definition)
  return loaded
}
const service = await load()
app.listen(service.settings.port)
