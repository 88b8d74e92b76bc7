// @reports serviceName
import { loadService } from '@rekey/config-loader'
import { z } from 'zod'
const service = await loadService(
  { name: 'frontend', settings: z.object({}), secrets: {} },
  { env: {} },
)
export default service
