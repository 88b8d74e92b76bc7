import { app, isProduction } from './app.ts'
import { definition, loadService } from './service.ts'

isProduction && (await loadService(definition))
app.listen(1)
