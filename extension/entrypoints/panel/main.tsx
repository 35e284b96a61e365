import { createClient } from '../../bridge/client.ts';
import { startView } from '../../views/start.tsx';

startView(createClient(), 'panel');
