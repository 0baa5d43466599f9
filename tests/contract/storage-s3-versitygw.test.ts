import { startVersitygw } from '../stack/versitygw.ts';
import { factoryOf, s3Server } from './s3-servers.ts';
import { storageContract } from './storage.ts';

const server = s3Server(startVersitygw);

storageContract('s3 on a server of another make', factoryOf(server, {}));
