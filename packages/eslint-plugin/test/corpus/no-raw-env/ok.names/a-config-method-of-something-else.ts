import { router } from './router.ts'

router.config({ path: '/env' })
export const parsed = router.parse('.env')
