import { Counter } from 'prom-client'
const requests = new Counter({ name: 'requests', help: 'Requests', labelNames: ['key'] })
export const count = (apiKey: string) => requests.inc({ key: apiKey })
