import { app } from './app.ts'
import { definition, loadService } from './service.ts'

await loadService(definition).catch((error) => {
  throw error
})
app.listen(1)
