import { app } from './app.ts'
import { definition, loadService } from './service.ts'

const main = async () => {
  const service = await loadService(definition)
  app.listen(service)
}
void main()
