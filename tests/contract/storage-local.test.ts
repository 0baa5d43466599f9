import { temporaryStorage } from '../unit/sets/example-set.ts';
import { storageContract } from './storage.ts';

storageContract('local', temporaryStorage);
