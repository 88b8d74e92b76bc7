import { expect, it } from 'vitest'
import { z } from 'zod'
import { defineService } from './index.ts'

it('settings are a schema of zod 4; any other is refused where it is declared, with what to import', () => {
  const settings = { safeParse: () => ({ success: true, data: {} }) } as unknown as z.ZodObject
  const define = () => defineService({ name: 'signing', settings, secrets: {} })
  expect(define).toThrow('settings of signing is no schema of zod 4; make it with z.object')
  expect(defineService({ name: 'signing', settings: z.object({}), secrets: {} }).name).toBe(
    'signing',
  )
})
