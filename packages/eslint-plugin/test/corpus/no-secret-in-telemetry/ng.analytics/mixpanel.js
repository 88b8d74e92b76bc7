import { secret } from '../../secret.ts'
import mixpanel from 'mixpanel-browser'
mixpanel.people.set({ key: secret.expose() })
