import { app } from './app.ts'
import { definition, loadService } from './service.ts'

try {
  await loadService(definition)
} catch (error) {
  console.error(error)
}
app.listen(1)
