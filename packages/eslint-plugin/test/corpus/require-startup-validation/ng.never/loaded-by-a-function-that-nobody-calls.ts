import { app } from './app.ts'
import { definition, loadService } from './service.ts'

export async function load() {
  await loadService(definition)
}
app.listen(1)
