import { Option } from 'commander'

export const option = new Option('-t, --token <token>', 'for the API').default('dev-token')
