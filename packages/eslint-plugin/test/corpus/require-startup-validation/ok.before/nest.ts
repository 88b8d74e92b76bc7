import { NestFactory } from '@nestjs/core'
import { AppModule } from './app.module.ts'
import { definition, loadService } from './service.ts'

async function bootstrap() {
  const service = await loadService(definition)
  const app = await NestFactory.create(AppModule.with(service))
  await app.listen(service.settings.port)
}
void bootstrap()
