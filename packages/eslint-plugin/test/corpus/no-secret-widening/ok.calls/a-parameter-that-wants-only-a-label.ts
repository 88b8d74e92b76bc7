import { secret } from '../../secret.ts'
declare function tell(thing: { readonly label: string }): void
tell(secret)
