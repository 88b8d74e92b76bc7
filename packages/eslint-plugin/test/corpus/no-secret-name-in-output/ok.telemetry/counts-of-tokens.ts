import { trace } from '@opentelemetry/api'
export const mark = (usage: { inputTokens: number; maxTokens: number }) =>
  trace.getActiveSpan()?.setAttributes({
    'gen_ai.usage.input_tokens': usage.inputTokens,
    'gen_ai.request.max_tokens': usage.maxTokens,
  })
