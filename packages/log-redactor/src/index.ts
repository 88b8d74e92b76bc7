export {
  type Around,
  createRedactor,
  type LeakEvent,
  type Marker,
  type Redactor,
  type RedactorOptions,
} from './redactor.ts'
