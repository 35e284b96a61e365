import { createClient } from '../../bridge/client.ts';
import { proposeOpenTab } from '../../platform/propose.ts';
import { startView } from '../../views/start.tsx';

startView(createClient(), 'popup');
void proposeOpenTab();
