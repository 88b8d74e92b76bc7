export {
  type Around,
  type CountedLeak,
  createRedactor,
  type LeakEvent,
  type Marker,
  type Redactor,
  type RedactorOptions,
} from './redactor.ts'
