import { app, connect } from './app.ts'
import { definition, loadService } from './service.ts'

await Promise.all([loadService(definition), connect()])
app.listen(1)
