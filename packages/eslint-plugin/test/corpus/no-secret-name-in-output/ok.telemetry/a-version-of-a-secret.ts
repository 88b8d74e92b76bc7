import { Gauge } from 'prom-client'
const age = new Gauge({ name: 'secret_age', help: 'Age', labelNames: ['secret'] })
export const report = (secretName: string, days: number) => age.set({ secret: secretName }, days)
