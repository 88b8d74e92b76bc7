import { ApiError } from './api-error.ts'
export const refused = (apiKey: string) => new ApiError('refused', { apiKey })
