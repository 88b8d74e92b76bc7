import { app } from './app.ts'
import { definition, loadService } from './service.ts'

try {
  await loadService(definition)
  app.listen(1)
} catch (error) {
  console.error(error)
}
