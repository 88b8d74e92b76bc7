import { messages } from './messages.ts'
console.log(messages.passwordTooShort, messages.invalidToken)
